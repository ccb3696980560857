{# Rows of numbers and dates. #}

{# Whole periods between two dates, asked of the engine. #}
{%- macro get_intervals_between(start_date, end_date, datepart) -%}
  {{ return(adapter.dispatch('get_intervals_between', 'dbt')(start_date, end_date, datepart)) }}
{%- endmacro -%}
{%- macro default__get_intervals_between(start_date, end_date, datepart) -%}
  {%- if not execute -%}
    {{ return(1) }}
  {%- endif -%}
  {%- set rows = run_query('select ' ~ dbt.datediff(start_date, end_date, datepart)).rows -%}
  {{ return(rows[0][0] if rows else 1) }}
{%- endmacro -%}

{%- macro get_powers_of_two(upper_bound) -%}{{ return(adapter.dispatch('get_powers_of_two', 'dbt')(upper_bound)) }}{%- endmacro -%}
{%- macro default__get_powers_of_two(upper_bound) -%}
  {%- if upper_bound <= 0 -%}
    {%- do exceptions.raise_compiler_error('upper bound must be positive') -%}
  {%- endif -%}
  {%- for power in range(1, 100) if upper_bound <= 2 ** power -%}
    {{ return(power) }}
  {%- endfor -%}
{%- endmacro -%}

{# 1 to upper_bound, as column generated_number. #}
{%- macro generate_series(upper_bound) -%}{{ return(adapter.dispatch('generate_series', 'dbt')(upper_bound)) }}{%- endmacro -%}
{%- macro default__generate_series(upper_bound) -%}
    {%- set n = dbt.get_powers_of_two(upper_bound) %}
    with bits as (
        select 0 as generated_number union all select 1
    ),
    numbers as (
        select
        {%- for i in range(n) %}
            {{ '+ ' if not loop.first }}b{{ i }}.generated_number * power(2, {{ i }})
        {%- endfor %}
            + 1 as generated_number
        from
        {%- for i in range(n) %}
            {{ 'cross join ' if not loop.first }}bits as b{{ i }}
        {%- endfor %}
    )
    select *
    from numbers
    where generated_number <= {{ upper_bound }}
    order by generated_number
{%- endmacro -%}
{%- macro duckdb__generate_series(upper_bound) %}

    select
        generate_series as generated_number
    from generate_series(1, {{ upper_bound }})

{% endmacro -%}

{# Every `datepart` from start_date to before end_date, as column date_<datepart>. #}
{%- macro date_spine(datepart, start_date, end_date) -%}
  {{ return(adapter.dispatch('date_spine', 'dbt')(datepart, start_date, end_date)) }}
{%- endmacro -%}
{%- macro default__date_spine(datepart, start_date, end_date) %}

    with rawdata as (
        {{ dbt.generate_series(dbt.get_intervals_between(start_date, end_date, datepart)) }}
    ),

    all_periods as (
        select (
            {{ dbt.dateadd(datepart, 'row_number() over (order by 1) - 1', start_date) }}
        ) as date_{{ datepart }}
        from rawdata
    ),

    filtered as (
        select *
        from all_periods
        where date_{{ datepart }} <= {{ end_date }}
    )

    select * from filtered

{% endmacro -%}
