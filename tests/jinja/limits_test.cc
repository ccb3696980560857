// A template can neither hang nor exhaust memory: each of these ends with TM2007, or with a syntax error.
#include <gtest/gtest.h>

#include "base/error.h"
#include "jinja/environment.h"

namespace tidemark::jinja {
namespace {

std::string code_of(const std::string& text, const Limits& limits) {
  const Environment environment;
  MapGlobals globals;
  try {
    const TemplatePtr parsed = environment.parse(make_source("models/m.sql", text));
    RenderOptions options;
    options.limits = limits;
    return "gave " + Render(environment, globals, options).render(*parsed).substr(0, 60);
  } catch (const Error& error) {
    EXPECT_FALSE(error.spans().empty()) << text.substr(0, 60);
    return error.code();
  }
}

// With the limits of every render these must end before anything large is made.
TEST(Limits, StopWhatWouldBeLarge) {
  for (const char* text : {
           "{{ range(10 ** 12) }}",
           "{% for i in range(10 ** 12) %}{% endfor %}",
           "{{ 'a' * 10 ** 9 }}",
           "{{ 'abc' * 10 ** 17 }}",
           "{{ [1] * 10 ** 9 }}",
           "{{ (1, 2) * 10 ** 18 }}",
           "{{ 'a'.ljust(10 ** 12) }}",
           "{{ 'a'.zfill(10 ** 12) }}",
           "{{ 'a'|center(10 ** 12) }}",
           "{{ 'a\nb'|indent(10 ** 12) }}",
           "{{ ('\t' * 10000).expandtabs(10 ** 8) }}",
           "{{ [1]|batch(10 ** 12, 'x')|list }}",
           "{{ [1]|slice(10 ** 12)|list }}",
           "{{ [[1]]|tojson(10 ** 12) }}",
       }) {
    EXPECT_EQ(code_of(text, {}), "TM2007") << text;
  }
  for (const char* text : {
           "{{ '%1000000000d' % 5 }}",
           "{{ '%.1000000000f' % 1.5 }}",
           "{{ '%*d' % (10 ** 9, 3) }}",
           "{{ '{:1000000000}'.format(5) }}",
           "{{ '{:.1000000000f}'.format(1.5) }}",
       }) {
    EXPECT_EQ(code_of(text, {}), "TM2006") << text;
  }
}

TEST(Limits, StopWhatRunsTooOften) {
  Limits limits;
  limits.steps = 300'000;
  limits.output_bytes = 8U << 20U;
  limits.allocated_bytes = 32U << 20U;
  for (const char* text : {
           "{% for i in range(1000000) %}{% for j in range(1000000) %}{% endfor %}{% endfor %}",
           "{{ ('a' * 10 ** 6)|join('b' * 10 ** 5) }}",
           "{{ ('a' * 10 ** 6).replace('', 'b' * 10 ** 5) }}",
           "{{ ('a' * 10 ** 6).replace('a', 'b' * 10 ** 5) }}",
           "{% for i in range(1000000) %}{% for j in range(1000000) %}x{% endfor %}{% endfor %}",
           "{% set l = [1] %}{% for i in l %}{% do l.append(i) %}{% endfor %}",
           "{% set ns = namespace(s='a') %}{% for i in range(100) %}{% set ns.s = ns.s ~ ns.s %}{% endfor %}",
           "{% set ns = namespace(s='a') %}{% for i in range(100) %}{% set ns.s = ns.s + ns.s %}{% endfor %}",
           "{% set ns = namespace(s='a') %}{% for i in range(100) %}{% set ns.s = '%s%s' % (ns.s, ns.s) %}{% endfor %}",
           "{% set ns = namespace(s='a') %}{% for i in range(100) %}{% set ns.s = '{0}{0}'.format(ns.s) %}{% endfor %}",
           "{% set ns = namespace(s='a') %}{% for i in range(100) %}{% set ns.s %}{{ ns.s }}{{ ns.s }}{% endset %}{% endfor %}",
           "{% set l = [1] %}{% for i in range(100) %}{% do l.extend(l) %}{% endfor %}",
           "{% set ns = namespace(l=[1]) %}{% for i in range(100) %}{% set ns.l = ns.l + ns.l %}{% endfor %}",
           "{% set ns = namespace(l=[1]) %}{% for i in range(100) %}{% set ns.l = [ns.l, ns.l] %}{% endfor %}{{ ns.l }}",
           "{% set ns = namespace(l=[1]) %}{% for i in range(100) %}{% set ns.l = [ns.l, ns.l] %}{% endfor %}{{ ns.l == ns.l[0] }}",
           "{% set ns = namespace(l=[1]) %}{% for i in range(100) %}{% set ns.l = [ns.l, ns.l] %}{% endfor %}{{ ns.l|tojson }}",
           "{% set ns = namespace(l=[1]) %}{% for i in range(100) %}{% set ns.l = [ns.l, ns.l] %}{% endfor %}{{ ns.l|pprint }}",
           "{% for i in range(100000) %}{{ 'zzz' in ('a' * 10000) }}{% endfor %}",
           "{% for i in range(100000) %}{% set x = ('a' * 10000)|upper %}{% endfor %}",
           "{% for i in range(100000) %}{% set x = ('a,' * 1000).split(',') %}{% endfor %}",
           "{% for i in range(100000) %}{% set x = range(1000)|list|sort %}{% endfor %}",
           "{% for i in range(100000) %}{% set x = 5000 in range(1000)|list %}{% endfor %}",
           "{% for i in range(1000) %}{% set x = range(100000)|sum %}{% endfor %}",
           "{% macro f(n) %}{{ f(n - 1) }}{{ f(n - 1) }}{% endmacro %}{{ f(10 ** 6) }}",
           "{% macro a() %}{{ b() }}{% endmacro %}{% macro b() %}{{ a() }}{% endmacro %}{{ a() }}",
           "{% macro f(n) %}{% if n %}{% set x = f(n - 1) ~ f(n - 1) %}{% endif %}{% endmacro %}{{ f(100) }}",
           "{% for t in [[]] recursive %}{{ loop([[]]) }}{% endfor %}",
           "{{ ('a' * 10 ** 5 ~ 'b').find('a' * 10 ** 4 ~ 'c') }}{% for i in range(10 ** 6) %}{% endfor %}",
       }) {
    EXPECT_EQ(code_of(text, limits), "TM2007") << text;
  }
}

std::string repeated(std::string_view part, int count) {
  std::string text;
  for (int i = 0; i < count; ++i) text += part;
  return text;
}

TEST(Limits, DeepSourceNeverOverrunsTheStack) {
  struct Nest {
    const char* before;
    const char* open;
    const char* middle;
    const char* close;
    const char* after;
  };
  for (const Nest& nest : {
           Nest{"{{ ", "(", "1", ")", " }}"},
           Nest{"{{ ", "[", "1", "]", " }}"},
           Nest{"{{ ", "{1:", "1", "}", " }}"},
           Nest{"{{ ", "not ", "1", "", " }}"},
           Nest{"{{ ", "- ", "1", "", " }}"},
           Nest{"{{ ", "1 ** ", "1", "", " }}"},
           Nest{"{{ ", "1 if 1 else ", "1", "", " }}"},
           Nest{"{{ ", "a(", "1", ")", " }}"},
           Nest{"{{ ", "a[", "1", "]", " }}"},
           Nest{"{{ ", "1|default(", "1", ")", " }}"},
           Nest{"{{ ", "1 is eq ", "1", "", " }}"},
           Nest{"{{ ", "", "a", ".b", " }}"},
           Nest{"{{ ", "", "a", "()", " }}"},
           Nest{"{% set ", "(", "a", ")", " = 1 %}"},
           Nest{"{% for ", "(", "a", ")", " in b %}{% endfor %}"},
           Nest{"", "{% if 1 %}", "x", "{% endif %}", ""},
           Nest{"", "{% for i in [1] %}", "x", "{% endfor %}", ""},
           Nest{"", "{% set x %}", "x", "{% endset %}", ""},
           Nest{"", "{% macro m() %}", "x", "{% endmacro %}", ""},
           Nest{"", "{% filter upper %}", "x", "{% endfilter %}", ""},
           Nest{"", "{% with %}", "x", "{% endwith %}", ""},
           Nest{"", "{% if 1 %}", "x", "", ""},
       }) {
    const std::string code = code_of(nest.before + repeated(nest.open, 20'000) + nest.middle + repeated(nest.close, 20'000) + nest.after, {});
    EXPECT_TRUE(code == "TM2007" || code == "TM2001" || code == "TM2002") << nest.open << nest.middle << nest.close << ": " << code;
  }
}

TEST(Limits, LongButFlatSourceIsFine) {
  EXPECT_EQ(code_of("{{ [" + repeated("1,", 20'000) + "]|length }}", {}), "gave 20000");
  EXPECT_EQ(code_of("{{ 0" + repeated(" + 1", 200) + " }}", {}), "gave 200");
  EXPECT_EQ(code_of("{{ ''" + repeated(" ~ 'a'", 20'000) + " }}", {}).substr(0, 7), "gave aa");
  EXPECT_EQ(code_of("{% if 0 %}" + repeated("{% elif 0 %}", 20'000) + "{% else %}z{% endif %}", {}), "gave z");
  EXPECT_EQ(code_of(repeated("{{ 1 }}", 20'000), {}).substr(0, 7), "gave 11");
}

}  // namespace
}  // namespace tidemark::jinja
