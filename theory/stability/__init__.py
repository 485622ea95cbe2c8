"""Where updates lose stability, and how fast neighbours part: STAB."""
