// The same for what reads a command line.
#include <CLI/CLI.hpp>

#include "cmake/precompiled/library.h"
