{# Descriptions and grants of a materialization that a project writes itself. #}

{%- macro persist_docs(relation, model, for_relation=true, for_columns=true) -%}
  {{ return(adapter.dispatch('persist_docs', 'dbt')(relation, model, for_relation, for_columns)) }}
{%- endmacro -%}
{%- macro default__persist_docs(relation, model, for_relation, for_columns) -%}
  {%- if for_relation and config.persist_relation_docs() and model.description -%}
    {%- do run_query(alter_relation_comment(relation, model.description)) -%}
  {%- endif -%}
  {%- if for_columns and config.persist_column_docs() and model.columns -%}
    {%- set known = adapter.get_columns_in_relation(relation) | map(attribute='name') | list -%}
    {%- for name, column in model.columns.items() if name in known and column['description'] -%}
      {%- do run_query('comment on column ' ~ relation.render() ~ '.' ~ adapter.quote(name) ~ " is '" ~ escape_single_quotes(column['description']) ~ "'") -%}
    {%- endfor -%}
  {%- endif -%}
{%- endmacro -%}

{%- macro alter_relation_comment(relation, relation_comment) -%}
  {{ return(adapter.dispatch('alter_relation_comment', 'dbt')(relation, relation_comment)) }}
{%- endmacro -%}
{%- macro default__alter_relation_comment(relation, relation_comment) -%}
  comment on {{ relation.type or 'table' }} {{ relation.render() }} is '{{ escape_single_quotes(relation_comment) }}'
{%- endmacro -%}

{%- macro should_revoke(existing_relation, full_refresh_mode=True) -%}{{ return(existing_relation is not none and not full_refresh_mode) }}{%- endmacro -%}
{%- macro copy_grants() -%}{{ return(adapter.dispatch('copy_grants', 'dbt')()) }}{%- endmacro -%}
{%- macro default__copy_grants() -%}{{ return(True) }}{%- endmacro -%}

{%- macro apply_grants(relation, grant_config, should_revoke=True) -%}
  {{ return(adapter.dispatch('apply_grants', 'dbt')(relation, grant_config, should_revoke)) }}
{%- endmacro -%}
{%- macro default__apply_grants(relation, grant_config, should_revoke=True) -%}
  {%- for privilege, grantees in (grant_config or {}).items() -%}
    {%- do run_query('grant ' ~ privilege ~ ' on ' ~ relation.render() ~ ' to ' ~ grantees | join(', ')) -%}
  {%- endfor -%}
{%- endmacro -%}
{%- macro duckdb__apply_grants(relation, grant_config, should_revoke=True) -%}
  {%- if grant_config -%}
    {%- do exceptions.warn('grants are left out: files have none; the engine has no users') -%}
  {%- endif -%}
{%- endmacro -%}
