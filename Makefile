# make help tells what there is.
.PHONY: help setup build test clean
help:
	@echo "make build   set up what is missing and build"
	@echo "make test    set up, build and run every test"
	@echo "make clean   remove what was built here (the cache stays)"
setup:
	@bash tools/packages.sh test
	@bash tools/libraries.sh
build: setup
	@[ -f build/build.ninja ] || cmake --preset release
	@cmake --build build
test: build
	@ctest --test-dir build -L unit --output-on-failure </dev/null
clean:
	rm -rf build build-*
