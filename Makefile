# Every target is one line over `python -m mnist_tutorial`, which see for options.
#   make run NAME=06_training ARGS="-p epochs 1" OUT=runs/short DEVICE=cuda
PYTHON ?= $(or $(shell command -v python3),$(shell command -v python))
VENV_PYTHON := $(if $(filter Windows_NT,$(OS)),.venv/Scripts/python,.venv/bin/python)
TUTORIAL := $(VENV_PYTHON) -m mnist_tutorial
DEVICE_ARG := $(if $(DEVICE),--device $(DEVICE))

.DEFAULT_GOAL := lab
.PHONY: setup lab run test test-portable refresh reset lint bench clean

setup:
	@$(if $(PYTHON),,$(error Python is not installed; install Python 3.11 or newer, then run the same command again))
	@$(PYTHON) -m mnist_tutorial setup

lab: setup
	@$(TUTORIAL) lab $(DEVICE_ARG) $(if $(NAME),--name $(NAME)) $(ARGS)

run: setup
	@$(TUTORIAL) run $(NAME) $(DEVICE_ARG) $(if $(OUT),--out $(OUT)) $(ARGS)

test: setup
	@$(TUTORIAL) test $(DEVICE_ARG) $(ARGS)

test-portable refresh reset: setup
	@$(TUTORIAL) $@ $(NAME)

lint bench: setup
	@$(TUTORIAL) $@

clean:
	@$(PYTHON) -m mnist_tutorial clean
