"""One command a file, named as the file is: a frozen class whose fields are its arguments."""
