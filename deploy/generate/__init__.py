"""Writes what under deploy/ and helm/ is made from the code: `make generated`. A test holds the files to it."""
