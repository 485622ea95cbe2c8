"""What is drawn: a public function each, which returns a figure; its docstring is the caption."""
