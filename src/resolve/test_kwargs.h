// The arguments of a generic test, rendered: what dbt's _dbt_generic_test_kwargs holds.
#pragma once
#include <string>

#include "jinja/environment.h"
#include "manifest/node.h"

namespace tidemark::resolve {

// "ref('x')", "source('a', 'b')", "var('v')" and the like without braces are taken for templates; the column's name is not.
jinja::Value render_test_kwargs(jinja::Render& render, const Node& test);

}  // namespace tidemark::resolve
