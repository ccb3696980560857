// A unit test: the model's SQL over rows that the test gives, held against the rows that it expects.
#pragma once
#include "run/node_work.h"

namespace tidemark::run {

// Sets status, failures and message of the result. TM6303: the test does not say what it must; TM6304: its rows do not fit.
void run_unit_test(NodeWork& work);

// Rows of a CSV text with a header, each a mapping of texts; empty values are null. TM6304 where a row is too long.
Json csv_rows(const std::string& text);

}  // namespace tidemark::run
