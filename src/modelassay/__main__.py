"""`python -m modelassay` is `assay`."""

from modelassay.cli.main import main

main()
