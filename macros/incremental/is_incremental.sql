{# True where the model adds to a table that is there. False while parsing, and where the truth of a model is compiled. #}
{%- macro is_incremental() -%}
  {{ return(tidemark.is_incremental()) }}
{%- endmacro -%}

{%- macro should_full_refresh() -%}
  {%- set configured = config.get('full_refresh') -%}
  {{ return(flags.FULL_REFRESH if configured is none else configured) }}
{%- endmacro -%}
