"""The tables: a public function a table, whose parameters name the experiments it reads."""
