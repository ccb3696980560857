// vacuum: what no version within retention needs is removed from a warehouse of Delta tables.
#pragma once
#include "app/app.h"

namespace tidemark::app {

int vacuum(const Invocation& invocation, const Terminal& terminal);

}  // namespace tidemark::app
