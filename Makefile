# Every target does its own set-up; nothing but git, Python 3.11 or later, make and (for the second
# engine) a C compiler has to be there. `make` alone lists the targets.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
export PIP_DISABLE_PIP_VERSION_CHECK := 1

bin := .venv/bin
ready := .venv/.ready
pytest := $(bin)/python -m pytest -q
workers := -n auto --maxprocesses 4

PACK := changzhi
LEDGER := examples/changzhi-2020.jsonl
YEAR := 2020
USCC := 91140403XF00791982
PYRIGHT := 1.1.414
YAML_LANGUAGE_SERVER := 1.25.0

.PHONY: help demo test deep cover lint format types docs docs-check bench spark wheel rete node pins clean setup

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 18

demo: $(ready) ## decide the example ledger under the Changzhi pack, then explain one enterprise
	$(bin)/innovation-rules decide $(PACK) $(LEDGER) --year $(YEAR) --summary
	$(bin)/innovation-rules why $(PACK) $(LEDGER) $(USCC) --year $(YEAR)

test: $(ready) ## the everyday tests, under two minutes on two cores
	$(pytest) $(workers) -m "not deep"

deep: $(ready) ## the tests that take longer: every engine, generated packs, real tools
	$(pytest) $(workers) -m deep

# Deep tests that run code which no everyday test runs: witnesses, the plugin's options, a whole proof, Spark.
telling := another_pack or worked_cases or (are_proved and pingxiang) or by_region or in_postgresql

cover: $(ready) ## the everyday tests and the telling deep ones with branch coverage of the package, 95 % or more
	rm -f .coverage .coverage.*
	$(pytest) $(workers) -m "not deep" --cov --cov-report= --cov-fail-under=0
	$(pytest) -m deep -k "$(telling)" --cov --cov-append --cov-report=term-missing:skip-covered

lint: $(ready) ## format and style, and the direction of imports
	$(bin)/ruff format --check .
	$(bin)/ruff check .
	$(bin)/lint-imports

format: $(ready) ## put the code into shape
	$(bin)/ruff check --fix --select I .
	$(bin)/ruff format .

types: $(ready) node ## mypy (strict), and pyright where node is present
	$(bin)/mypy
	scripts/pyright.sh

docs: $(ready) ## write the generated pages and schemas anew
	$(bin)/python docs/generate.py

docs-check: $(ready) ## fail when a generated page is stale
	$(bin)/python docs/generate.py --check

bench: $(ready) .venv-bench/.ready ## measure against the peers, in one run; fails when a goal is missed
	@failed=0; for script in decision second_engine loading startup records bulk; do \
	    .venv-bench/bin/python benchmarks/$$script.py || failed=1; done; \
	for script in auditing proving; do $(bin)/python benchmarks/$$script.py || failed=1; done; exit $$failed

spark: $(ready) ## the bulk engine on Spark (450 MB), where Java 17 is present
	scripts/install_spark.sh $(bin)/python

wheel: $(ready) ## build the wheel and the sdist and try both outside the checkout
	tests/wheel/run.sh

rete: $(ready) ## try again to install the second engine, durable_rules
	scripts/install_rete.sh $(bin)/python

pins: $(ready) ## pin the newest versions that pyproject.toml admits
	scripts/pins.sh

clean: ## remove what make has set up or built
	rm -rf .venv .venv-bench .node build dist .coverage .coverage.* htmlcov
	rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache .benchmarks

setup: $(ready) ## only the set-up

$(ready): pyproject.toml constraints.txt constraints-rete.txt scripts/setup.sh scripts/install_rete.sh
	@scripts/setup.sh
	@touch $@

.venv-bench/.ready: benchmarks/requirements.txt benchmarks/setup.sh $(ready)
	@benchmarks/setup.sh
	@touch $@

node: ## pyright and the YAML language server, where node is present
	@scripts/node.sh pyright@$(PYRIGHT) yaml-language-server@$(YAML_LANGUAGE_SERVER)
