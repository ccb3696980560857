{# Which source file a row comes from and where in it: stable names for rows, the same on every engine.
   source_file(): the file's path as the scan has it; source_row(): 0-based number of the row in its file. #}

{%- macro source_file() -%}{{ return(adapter.dispatch('source_file', 'dbt')()) }}{%- endmacro -%}
{%- macro default__source_file() -%}filename{%- endmacro -%}
{%- macro spark__source_file() -%}_metadata.file_path{%- endmacro -%}

{%- macro source_row() -%}{{ return(adapter.dispatch('source_row', 'dbt')()) }}{%- endmacro -%}
{%- macro default__source_row() -%}file_row_number{%- endmacro -%}
{%- macro spark__source_row() -%}_metadata.row_index{%- endmacro -%}
