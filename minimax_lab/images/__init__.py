"""Sets of pictures: known ones by name, and readers for the formats they come in."""
