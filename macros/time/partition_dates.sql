{# Dates of partitions, in the template itself. #}

{%- macro py_current_timestring() -%}
  {{ return(modules.datetime.datetime.now().strftime('%Y%m%d%H%M%S%f')) }}
{%- endmacro -%}

{%- macro convert_datetime(date_str, date_fmt) -%}
  {{ return(try_or_compiler_error(
      "The provided partition date '" ~ date_str ~ "' does not match the expected format '" ~ date_fmt ~ "'",
      modules.datetime.datetime.strptime, date_str.strip(), date_fmt)) }}
{%- endmacro -%}

{# Every day from start to end, both included: texts, or datetimes where out_fmt is empty. #}
{%- macro dates_in_range(start_date_str, end_date_str=none, in_fmt='%Y%m%d', out_fmt='%Y%m%d') -%}
  {%- set start = convert_datetime(start_date_str, in_fmt) -%}
  {%- set end = start if end_date_str is none else convert_datetime(end_date_str, in_fmt) -%}
  {%- set days = (end - start).days -%}
  {%- if days < 0 -%}
    {%- do exceptions.raise_compiler_error('Partition start date is after the end date (' ~ start ~ ', ' ~ end ~ ')') -%}
  {%- endif -%}
  {%- set dates = [] -%}
  {%- for offset in range(days + 1) -%}
    {%- set day = start + modules.datetime.timedelta(days=offset) -%}
    {%- do dates.append(day.strftime(out_fmt) if out_fmt else day) -%}
  {%- endfor -%}
  {{ return(dates) }}
{%- endmacro -%}

{# "20240101" or "20240101,20240131". #}
{%- macro partition_range(raw_partition_date, date_fmt='%Y%m%d') -%}
  {%- set parts = (raw_partition_date | string).split(',') -%}
  {%- if parts | length > 2 -%}
    {%- do exceptions.raise_compiler_error('Invalid partition time. Expected format: {Start Date}[,{End Date}]. Got: ' ~ raw_partition_date) -%}
  {%- endif -%}
  {{ return(dates_in_range(parts[0], parts[1] if parts | length == 2 else none, in_fmt=date_fmt)) }}
{%- endmacro -%}
