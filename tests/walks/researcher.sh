assay audit examples/note.md
assay init examples/note.md --offline --out note-study.toml
assay plan examples/study.toml
assay study examples/study.toml --limit 2 --n 4 --max-tokens 64
assay compare assay-work/runs/demo-base-* assay-work/runs/demo-instruct-* --k 4
assay report assay-work
