"""The story: one function per verb, from files to files. The only room, with cli, that picks backends."""
