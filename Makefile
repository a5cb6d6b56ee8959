# Needs make 3.81 or newer and Python 3.11 or newer. Everything else goes into .venv, .tools and node_modules, once: the
# stamp files (.complete) are remade only when a lock file changes.

.DEFAULT_GOAL := help
SHELL := /bin/sh
.DELETE_ON_ERROR:

PYTHON ?= python3

# Variables given to make are data: programs read them from their environment as they are; neither make nor the shell expands them.
SETTINGS := PYTHON PYTEST_ARGS FUZZ_EXAMPLES \
  STACKS STACK ENV SINCE REMOTE_STATE_ONLY AUTO_APPROVE ALLOW_DESTROY ADOPT_EXISTING PARALLEL AT_ONCE \
  RETRIES RETRY_WAIT RETRY_ON FAIL_FAST FULL DETAILED_EXITCODE LOG_LEVEL ASSUME_ROLE ROLE_ARN EXECUTION RUNS \
  TERRAFORM_VERSION PORT FROM WORKSPACE ACCEPT NOT_SECRET PLAN WITHOUT_PLAN OWN_STATE_IS_EMPTY CHARTS POLICY INFRACOST
$(foreach name,$(SETTINGS),$(if $(filter command,$(origin $(name))),$(eval override $(name) := $$(value $(name)))))
# Only those that somebody gives: other programs read variables of these names too, and take an empty one for a value.
export $(foreach name,$(SETTINGS),$(if $(filter-out undefined,$(origin $(name))),$(name)))

# The engine: cdktf, or terrain (CDK Terrain); a setting in cdktf.json may name it as well.
CDK ?= $(shell sed -n 's/.*"cdk" *: *"\([a-z]*\)".*/\1/p' cdktf.json 2>/dev/null)
export CDK

PACKAGES := .venv/.complete
TERRAIN := .tools/terrain/.complete
# A checkout that has moved to CDK Terrain ('make terrain') has it in .venv.
BOTH := $(shell sed -n 's/^\[\(terrain\)\].*/\1/p' Pipfile 2>/dev/null)
# What a program needs to run.
VENV := $(PACKAGES) $(if $(filter $(CDK),$(BOTH)),$(TERRAIN))
DEVELOPMENT := .venv/.complete-development
UV := .tools/uv/.complete
PIPENV := .tools/pipenv/.complete
CHECKOV := .tools/checkov/.complete
DOCS := .tools/docs/.complete
PROGRAMS := .tools/bin/.complete
NODE_MODULES := node_modules/.complete
LOCK_CATEGORIES := packages dev-packages $(BOTH) docs installer locking checkov go
GENERATED_PAGES := $(patsubst %,docs/%.md,changes commands environments outputs workload-settings)
SETUP = "$$PYTHON" -m operations.setup

# The caller's settings for other projects must not reach this one; a mirror of the package index may.
unexport VIRTUAL_ENV PYTHONHOME PYTHONPATH PYTHONSAFEPATH $(filter-out PIPENV_PYPI_MIRROR,$(filter PIPENV_%,$(.VARIABLES)))
export PIPENV_VENV_IN_PROJECT = 1
export PIPENV_IGNORE_VIRTUALENVS = 1
export PIPENV_NOSPIN = 1
export PIP_DISABLE_PIP_VERSION_CHECK = 1
export PATH := $(CURDIR)/.venv/bin:$(CURDIR)/node_modules/.bin:$(PATH)

.PHONY: help
help: ## List the targets
	@echo "First use: 'make synth' writes the Terraform JSON of every stack to cdktf.out, 'make test' runs the tests."
	@echo "Both set everything up the first time. Targets:"
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-17s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

##--- synthesis and tests

.PHONY: synth
synth: $(VENV) ## Write the Terraform JSON of every stack to cdktf.out (the same files as 'cdktf synth')
	@./eks synth

.PHONY: test
test: $(DEVELOPMENT) ## Run the tests (PYTEST_ARGS='-k network' for some of them)
	@PYTEST_ADDOPTS="$$PYTEST_ADDOPTS $$PYTEST_ARGS" .venv/bin/python -m pytest --numprocesses auto --dist loadfile

.PHONY: fuzz
fuzz: $(DEVELOPMENT) ## Look for input that crashes a reader, for long (FUZZ_EXAMPLES=10000 for each property)
	@FUZZ_EXAMPLES=$${FUZZ_EXAMPLES:-10000} .venv/bin/python -m pytest tests/core/test_arbitrary_input.py tests/core/test_every_file.py \
	  tests/core/test_json_source.py tests/monitoring/test_exported_dashboards.py --numprocesses auto

.PHONY: check
check: lint test ## Run everything that a pull request must pass: formatting, lint, types, tests

.PHONY: lint
lint: $(DEVELOPMENT) $(DOCS) ## Check formatting, lint, types, Markdown, spelling and language
	@.venv/bin/ruff format --check .
	@.venv/bin/ruff check .
	@.venv/bin/mypy
	@.venv/bin/python -m tools.docs.prose
	@.tools/docs/bin/codespell .
	@.tools/docs/bin/pymarkdown scan --recurse $(foreach page,$(GENERATED_PAGES),--exclude $(page)) *.md docs

.PHONY: format
format: $(DEVELOPMENT) ## Format the code and apply the safe fixes of the linter
	@.venv/bin/ruff format .
	@.venv/bin/ruff check --fix .

.PHONY: snapshots
snapshots: $(DEVELOPMENT) ## Rewrite the snapshots and pictures of the stacks; review the difference before committing it
	@PYTEST_ADDOPTS="$$PYTEST_ADDOPTS $$PYTEST_ARGS" .venv/bin/python -m pytest tests/invariants/test_snapshots.py --snapshot-update
	@./eks graph

.PHONY: schema
schema: $(VENV) ## Write the JSON Schema of the environment files, and the references in docs/
	@.venv/bin/python -m config.schema
	@.venv/bin/python -m tools.docs.reference

.PHONY: check-charts
check-charts: $(VENV) ## Check values and what the charts make of them (ENV=dev, CHARTS=folder of packages); needs helm
	@./eks check charts

.PHONY: check-policy
check-policy: $(VENV) $(CHECKOV) ## Check the stacks by policies: security, CIS benchmark, costs, your own (ENV=dev)
	@./eks check policy

.PHONY: docs
docs: $(DOCS) ## Build the site of docs/ into .site; a broken link fails
	@NO_MKDOCS_2_WARNING=1 .tools/docs/bin/python -m mkdocs build --strict
	@echo "Open .site/index.html, or run: make docs-serve"

.PHONY: docs-serve
docs-serve: $(DOCS) ## Show the site on http://127.0.0.1:8000 while you write (PORT=8000)
	@NO_MKDOCS_2_WARNING=1 .tools/docs/bin/python -m mkdocs serve --dev-addr "127.0.0.1:$${PORT:-8000}"

.PHONY: bench
bench: $(VENV) ## Measure synthesis
	@.venv/bin/python -m bench

##--- operating, on terraform or OpenTofu 1.10 or newer ('./eks --help' explains each variable)

.PHONY: plan
plan: $(VENV) ## Show what a deploy would change, also before anything exists (ENV=dev, STACKS='*', SINCE=origin/main)
	@./eks plan

.PHONY: drift
drift: $(VENV) ## Show what was changed behind Terraform's back (ENV=dev, STACKS='*')
	@./eks drift

.PHONY: graph
graph: $(VENV) ## Draw the stacks and their outputs, and one stack's resources, into docs/ (ENV=dev STACK=dev-cluster)
	@./eks graph

.PHONY: list
list: $(VENV) ## List the stacks
	@./eks list

.PHONY: diff
diff: $(VENV) ## Show what a deploy would change (STACK=dev-network)
	@./eks diff

.PHONY: deploy
deploy: $(VENV) ## Plan, ask, and apply in dependency order (ENV=dev or STACKS='dev-*', AUTO_APPROVE=1 to ask nothing)
	@./eks deploy

.PHONY: unlock
unlock: $(VENV) ## Show who holds the lock of a stack's state, and release it (STACK=dev-cluster)
	@./eks unlock

.PHONY: destroy
destroy: $(VENV) ## Plan, ask, and destroy, consumers first (ENV=dev or STACKS='dev-*', ALLOW_DESTROY for what is guarded)
	@./eks destroy

.PHONY: cloud-setup
cloud-setup: $(VENV) ## Create the environment's workspaces in HCP Terraform, or bring them in line (ENV=prod ROLE_ARN=…)
	@./eks cloud setup

.PHONY: adopt
adopt: $(VENV) ## Take over what an earlier layout made (ENV=dev FROM=../live/dev): writes settings and imports into values/
	@./eks adopt

.PHONY: state-bucket
state-bucket: $(VENV) ## Create the S3 bucket of an environment's state (ENV=prod); changes nothing on a second run
	@./eks state bucket

.PHONY: check-cluster
check-cluster: $(VENV) ## Report which secrets are missing, which monitors are not selected, which claims have no volume (ENV=dev)
	@./eks check cluster

.PHONY: open-grafana open-prometheus open-alertmanager
open-grafana: $(VENV) ## Open Grafana on this machine and print where its password is (ENV=dev, PORT=3000); needs kubectl
open-prometheus: $(VENV) ## Open Prometheus on this machine (ENV=dev, PORT=9090)
open-alertmanager: $(VENV) ## Open Alertmanager on this machine (ENV=dev, PORT=9093)
open-grafana open-prometheus open-alertmanager:
	@./eks open $(@:open-%=%)

##--- set-up

.PHONY: tools
tools: $(PROGRAMS) $(CHECKOV) $(DOCS) $(if $(BOTH),$(TERRAIN)) $(NODE_MODULES) ## Install what more tests need: promtool, amtool, helm, checkov, CDK Terrain, MkDocs, the command cdktf

.PHONY: lock
lock: $(DEVELOPMENT) $(PIPENV) ## Resolve the newest allowed versions of the packages and write Pipfile.lock (with Python 3.11)
	@.venv/bin/python -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || { \
	  echo "Lock with Python 3.11, the oldest that is supported: a newer one chooses packages that it cannot run." >&2; \
	  echo "make distclean, then: make lock PYTHON=python3.11" >&2; exit 1; }
	@.tools/pipenv/bin/pipenv lock --dev --categories "$(LOCK_CATEGORIES)"
	@.venv/bin/python -m operations.lock

.PHONY: terrain
terrain: ## Move this checkout to CDK Terrain permanently: imports, packages, cdktf.json (DRY_RUN=1 only lists the files)
	@"$$PYTHON" -m operations.terrain $(if $(DRY_RUN),--dry-run)

.PHONY: clean
clean: ## Remove cdktf.out and the caches; state and the set-up stay
	@rm -rf cdktf.out .mypy_cache .pytest_cache .ruff_cache .hypothesis
	@find . -name __pycache__ -type d -not -path './.venv/*' -not -path './.tools/*' -not -path './node_modules/*' -prune -exec rm -rf {} +

.PHONY: distclean
distclean: clean ## Remove the set-up as well (.venv, .tools, node_modules); state stays
	@rm -rf .venv .tools node_modules

# Each step prints what it installs, how long it takes and how large it is; operations/setup.py has them.
$(UV): Pipfile.lock
	@"$$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "Python 3.11 or newer is needed; '$$PYTHON' is $$("$$PYTHON" --version 2>&1 || true). Choose another: make PYTHON=python3.12 …" >&2; exit 1; }
	@"$$PYTHON" -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "$$PYTHON lacks the venv module; on Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	@$(SETUP) uv
	@touch $@

# Where the packages for development are installed already, they stay.
$(PACKAGES): Pipfile.lock $(wildcard faststart/pyproject.toml) $(UV)
	@$(SETUP) $(if $(wildcard $(DEVELOPMENT)),development,packages)
	@touch $@ $(wildcard $(DEVELOPMENT))

$(DEVELOPMENT): Pipfile.lock $(wildcard faststart/pyproject.toml) $(UV)
	@$(SETUP) development
	@touch $@ $(PACKAGES)

$(TERRAIN): Pipfile.lock $(wildcard faststart/pyproject.toml) $(UV)
	@$(SETUP) terrain
	@touch $@

$(NODE_MODULES): package-lock.json package.json $(PACKAGES)
	@$(SETUP) cdktf
	@touch $@

$(CHECKOV): Pipfile.lock $(UV)
	@$(SETUP) checkov
	@touch $@

$(DOCS): Pipfile.lock $(UV)
	@$(SETUP) docs
	@touch $@

$(PIPENV): Pipfile.lock $(UV)
	@$(SETUP) pipenv
	@touch $@

$(PROGRAMS): $(wildcard tools/*/go.*) $(UV)
	@$(SETUP) programs
	@touch $@
