{# What exists in the warehouse: looked up, made, renamed and dropped through the adapter, whatever the engine. #}

{%- macro load_cached_relation(relation) -%}
  {{ return(adapter.get_relation(database=relation.database, schema=relation.schema, identifier=relation.identifier)) }}
{%- endmacro -%}

{%- macro load_relation(relation) -%}{{ return(load_cached_relation(relation)) }}{%- endmacro -%}

{# [found, relation] #}
{%- macro get_or_create_relation(database, schema, identifier, type) -%}
  {{ return(adapter.dispatch('get_or_create_relation', 'dbt')(database, schema, identifier, type)) }}
{%- endmacro -%}
{%- macro default__get_or_create_relation(database, schema, identifier, type) -%}
  {%- set found = adapter.get_relation(database=database, schema=schema, identifier=identifier) -%}
  {{ return([true, found] if found else [false, api.Relation.create(database=database, schema=schema, identifier=identifier, type=type)]) }}
{%- endmacro -%}

{%- macro make_temp_relation(base_relation, suffix='__dbt_tmp') -%}{{ return(adapter.dispatch('make_temp_relation', 'dbt')(base_relation, suffix)) }}{%- endmacro -%}
{%- macro default__make_temp_relation(base_relation, suffix) -%}
  {{ return(base_relation.incorporate(path={'identifier': base_relation.identifier ~ suffix})) }}
{%- endmacro -%}

{%- macro make_intermediate_relation(base_relation, suffix='__dbt_tmp') -%}{{ return(adapter.dispatch('make_intermediate_relation', 'dbt')(base_relation, suffix)) }}{%- endmacro -%}
{%- macro default__make_intermediate_relation(base_relation, suffix) -%}{{ return(default__make_temp_relation(base_relation, suffix)) }}{%- endmacro -%}

{%- macro make_backup_relation(base_relation, backup_relation_type, suffix='__dbt_backup') -%}
  {{ return(adapter.dispatch('make_backup_relation', 'dbt')(base_relation, backup_relation_type, suffix)) }}
{%- endmacro -%}
{%- macro default__make_backup_relation(base_relation, backup_relation_type, suffix) -%}
  {{ return(base_relation.incorporate(path={'identifier': base_relation.identifier ~ suffix}, type=backup_relation_type)) }}
{%- endmacro -%}

{%- macro create_schema(relation) -%}{{ return(adapter.dispatch('create_schema', 'dbt')(relation)) }}{%- endmacro -%}
{%- macro default__create_schema(relation) -%}{%- do adapter.create_schema(relation) -%}{%- endmacro -%}

{%- macro drop_schema(relation) -%}{{ return(adapter.dispatch('drop_schema', 'dbt')(relation)) }}{%- endmacro -%}
{%- macro default__drop_schema(relation) -%}{%- do adapter.drop_schema(relation) -%}{%- endmacro -%}

{%- macro drop_schema_named(schema_name) -%}
  {%- do adapter.drop_schema(api.Relation.create(database=target.database, schema=schema_name)) -%}
{%- endmacro -%}

{%- macro list_schemas(database) -%}{{ return(adapter.list_schemas(database)) }}{%- endmacro -%}
{%- macro check_schema_exists(information_schema, schema) -%}{{ return(adapter.check_schema_exists(information_schema.database, schema)) }}{%- endmacro -%}

{%- macro drop_relation(relation) -%}{{ return(adapter.dispatch('drop_relation', 'dbt')(relation)) }}{%- endmacro -%}
{%- macro default__drop_relation(relation) -%}{%- do adapter.drop_relation(relation) -%}{%- endmacro -%}

{%- macro drop_relation_if_exists(relation) -%}
  {%- if relation is not none -%}
    {%- do adapter.drop_relation(relation) -%}
  {%- endif -%}
{%- endmacro -%}

{%- macro truncate_relation(relation) -%}{{ return(adapter.dispatch('truncate_relation', 'dbt')(relation)) }}{%- endmacro -%}
{%- macro default__truncate_relation(relation) -%}{%- do adapter.truncate_relation(relation) -%}{%- endmacro -%}

{%- macro rename_relation(from_relation, to_relation) -%}{{ return(adapter.dispatch('rename_relation', 'dbt')(from_relation, to_relation)) }}{%- endmacro -%}
{%- macro default__rename_relation(from_relation, to_relation) -%}{%- do adapter.rename_relation(from_relation, to_relation) -%}{%- endmacro -%}

{%- macro information_schema_name(database) -%}
  {{ return((database ~ '.' if database else '') ~ 'information_schema') }}
{%- endmacro -%}
