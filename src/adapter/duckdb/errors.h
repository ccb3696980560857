// DuckDB's faults as tidemark's Errors:
//   TM4101 no library   TM4102 wrong version   TM4103 cannot open the database   TM4104 unknown or refused setting
//   TM4110 SQL that does not parse             TM4111 names and types that do not bind
//   TM4112 values: conversion, range, division TM4113 reading or writing files   TM4114 out of memory or temporary space
//   TM4115 interrupted                         TM4116 a constraint               TM4117 not permitted
//   TM4118 transactions                        TM4119 anything else              TM4120 a type that cannot be read
//   TM4121 a file that is no checkpoint of a table log
//   TM4903 no space left to write to
//   TM4130 no tree for this SQL                TM4131 a tree that does not come back the same
#pragma once
#include <string>

#include "base/error.h"

namespace tidemark::duckdb {

// `message`: as DuckDB gives it, plain or (with errors_as_json) JSON; `type`: a duckdb_error_type. The span is over `sql`.
Error engine_error(const std::string& message, int type, const std::string& sql);

}  // namespace tidemark::duckdb
