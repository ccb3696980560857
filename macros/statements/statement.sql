{# Running SQL from a template. #}

{%- macro statement(name=none, fetch_result=false, auto_begin=true, language='sql') -%}
  {%- if execute -%}
    {%- if language != 'sql' -%}
      {%- do exceptions.raise_compiler_error("statement() runs language 'sql' only, got '" ~ language ~ "'") -%}
    {%- endif -%}
    {%- set text = caller() -%}
    {%- if name == 'main' -%}
      {%- do write(text) -%}
    {%- endif -%}
    {%- set response, table = adapter.execute(text, auto_begin=auto_begin, fetch=fetch_result) -%}
    {%- if name is not none -%}
      {%- do store_result(name, response=response, agate_table=table) -%}
    {%- endif -%}
  {%- endif -%}
{%- endmacro -%}

{# Keeps a result under `name` without running anything. #}
{%- macro noop_statement(name=none, message=none, code=none, rows_affected=none, res=none) -%}
  {%- set text = caller() -%}
  {%- if name == 'main' -%}
    {%- do write(text) -%}
  {%- endif -%}
  {%- if name is not none -%}
    {%- do store_raw_result(name, message=message, code=code, rows_affected=rows_affected, agate_table=res) -%}
  {%- endif -%}
{%- endmacro -%}

{# The rows of a query as a table; none while parsing. #}
{%- macro run_query(sql) -%}
  {%- call statement('run_query_statement', fetch_result=true, auto_begin=false) -%}
    {{ sql }}
  {%- endcall -%}
  {%- set result = load_result('run_query_statement') -%}
  {{ return(result.table if result else none) }}
{%- endmacro -%}
