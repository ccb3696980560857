// Objects of dbt's context with behaviour of their own. They hold no state: it is in the Scope of the render that calls.
#pragma once
#include <string>

#include "jinja/environment.h"

namespace tidemark::resolve {

jinja::Value make_var_object();                                   // var('x', default), var.has_var('x')
jinja::Value make_config_object();                                // config(…), .get, .require, .set, .persist_relation_docs …
jinja::Value make_adapter_object();                               // adapter.dispatch and all that Scope::adapter_call knows
jinja::Value make_tidemark_object();                              // what the built-in macros ask of tidemark
jinja::Value make_exceptions();                                   // exceptions.raise_compiler_error, .warn, …
jinja::Value make_context_object();                               // context['name'], context.get('name')
jinja::Value make_package_namespace(const std::string& package);  // dbt_utils.star(…)
void install_native_filters(jinja::Environment& environment);     // as_bool, as_number, as_native, as_text

}  // namespace tidemark::resolve
