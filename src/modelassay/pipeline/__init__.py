"""One function per command, from files to files. With `cli` the only package that picks backends."""
