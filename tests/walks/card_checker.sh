assay audit acme/coder-1b
assay audit acme/coder-1b --diff
assay audit acme/coder-1b --fail-on contradicted --fail-on misattributed
assay audit acme/no-such-model
assay collect acme/coder-1b
