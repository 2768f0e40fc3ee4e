# Every target is one line over `python -m tools`, which see for options: `make test`
# is `python -m tools test`. What a command needs is installed into .venv first.
#   make run NAME=06_training ARGS="-p epochs 1" OUT=runs/short DEVICE=cuda
#   make site NAME="02 03" OUT=pages
#   make bench ROW=b
PYTHON ?= $(or $(shell command -v python3),$(shell command -v python))
TOOLS = $(if $(PYTHON),$(PYTHON),$(error Python is not installed; install Python 3.11 or newer, then run the same command again)) -m tools
DEVICE_ARG := $(if $(DEVICE),--device $(DEVICE))

.DEFAULT_GOAL := lab
.PHONY: setup lab run site solve test test-long test-portable refresh reset lint bench clean

lab:
	@$(TOOLS) lab $(DEVICE_ARG) $(if $(NAME),--name $(NAME)) $(ARGS)

run:
	@$(TOOLS) run $(NAME) $(DEVICE_ARG) $(if $(OUT),--out $(OUT)) $(ARGS)

site solve:
	@$(TOOLS) $@ $(NAME) $(if $(OUT),--out $(OUT)) $(ARGS)

test:
	@$(TOOLS) test $(DEVICE_ARG) $(ARGS)

refresh reset:
	@$(TOOLS) $@ $(NAME)

bench:
	@$(TOOLS) bench $(if $(ROW),--row $(ROW)) $(DEVICE_ARG) $(ARGS)

setup test-long test-portable lint clean:
	@$(TOOLS) $@ $(ARGS)
