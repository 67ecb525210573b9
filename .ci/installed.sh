# In an empty folder, with nothing but the installed package: what README says of it. `make wheel` runs it.
assay --version
assay init --demo
assay plan study.toml
assay audit examples/note.md
assay shortlist examples/study.toml
assay grade examples/own-problems/answers.jsonl --problems examples/own-problems/stdin.jsonl --out graded
assay estimate graded
assay report graded
test -s assay-work/report.html
# Sampling in process needs more, and says what.
if assay study study.toml 2>said; then exit 1; fi
grep -F "pip install 'modelassay[transformers]'" said
