"""What is computed: a function marked `@experiment` each."""
