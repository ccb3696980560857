{# CREATE statements, for materializations that a project writes itself. #}

{%- macro create_table_as(temporary, relation, compiled_code, language='sql') -%}
  {{ return(adapter.dispatch('create_table_as', 'dbt')(temporary, relation, compiled_code)) }}
{%- endmacro -%}
{%- macro default__create_table_as(temporary, relation, compiled_code) -%}
  {%- set header = config.get('sql_header', none) -%}
  {{ header if header is not none }}
  create {{ 'temporary ' if temporary }}table {{ relation.include(database=(not temporary), schema=(not temporary)) }}
  as (
    {{ compiled_code }}
  );
{%- endmacro -%}

{%- macro create_view_as(relation, sql) -%}{{ return(adapter.dispatch('create_view_as', 'dbt')(relation, sql)) }}{%- endmacro -%}
{%- macro default__create_view_as(relation, sql) -%}
  {%- set header = config.get('sql_header', none) -%}
  {{ header if header is not none }}
  create view {{ relation }} as (
    {{ sql }}
  );
{%- endmacro -%}

{%- macro get_create_table_as_sql(temporary, relation, sql) -%}{{ return(create_table_as(temporary, relation, sql)) }}{%- endmacro -%}
{%- macro get_create_view_as_sql(relation, sql) -%}{{ return(create_view_as(relation, sql)) }}{%- endmacro -%}

{%- macro get_create_sql(relation, sql) -%}
  {{ return(get_create_view_as_sql(relation, sql) if relation.is_view else get_create_table_as_sql(False, relation, sql)) }}
{%- endmacro -%}

{%- macro get_drop_sql(relation) -%}drop {{ relation.type }} if exists {{ relation.render() }}{%- endmacro -%}
{%- macro get_rename_sql(relation, new_name) -%}alter {{ relation.type }} {{ relation.render() }} rename to {{ adapter.quote(new_name) }}{%- endmacro -%}

{%- macro create_indexes(relation) -%}
  {%- for index in config.get('indexes', default=[]) -%}
    {%- call statement() -%}
      {{ get_create_index_sql(relation, index) }}
    {%- endcall -%}
  {%- endfor -%}
{%- endmacro -%}

{%- macro get_create_index_sql(relation, index_dict) -%}
  {%- set columns = index_dict['columns'] -%}
  create {{ 'unique ' if index_dict.get('unique') }}index {{ adapter.quote(local_md5(relation.identifier ~ columns | join(','))) }}
  on {{ relation.render() }} ({{ columns | join(', ') }})
{%- endmacro -%}

{%- macro get_limit_subquery_sql(sql, limit) -%}{{ return(adapter.dispatch('get_limit_sql', 'dbt')(sql, limit)) }}{%- endmacro -%}
{%- macro default__get_limit_sql(sql, limit) -%}
  {{ sql }}
  {{ 'limit ' ~ limit if limit is not none }}
{%- endmacro -%}

{%- macro get_show_sql(compiled_code, sql_header, limit) -%}
  {{ sql_header if sql_header is not none }}
  {{ get_limit_subquery_sql(compiled_code, limit) }}
{%- endmacro -%}
