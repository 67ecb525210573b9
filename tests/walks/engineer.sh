assay doctor --endpoint http://127.0.0.1:8000/v1
assay init --endpoint http://127.0.0.1:8000/v1 --problems mine.py --out served.toml
assay plan served.toml
assay study served.toml --n 6 --max-tokens 64 --workdir served
assay estimate served/runs/* --k 1 --k 6
assay export served/runs/* --out samples.jsonl
assay grade samples.jsonl --problems mine.py --out again
