{{
  config(
    materialized='incremental',
    incremental_strategy='insert_overwrite',
    partition_by=['trip_date'],
    on_schema_change='append_new_columns'
  )
}}

-- Version 3, incremental aggregation: days are recomputed from the first one that a changed file touches, however old
-- it is. Days before it stay as they are; the running total goes on from the last of them.

{% set affected = affected_partitions('trip_date') if is_incremental() else none -%}
{% set partial = affected is not none and not affected.is_all -%}

with daily as (

    select
        trip_date,
        sum(total_amount) as daily_revenue,
        count(*) as daily_trips,
        sum(passenger_count) as daily_passengers
    from {{ ref('stg_trips') }}
    {% if partial -%}
    where trip_date >= {{ first_day(affected) }}
    {%- endif %}
    group by trip_date

),

before as (

    {% if partial -%}
    select coalesce(max_by(running_revenue, trip_date), 0) as revenue
    from {{ this }}
    where trip_date < {{ first_day(affected) }}
    {%- else -%}
    select 0 as revenue
    {%- endif %}

)

select
    trip_date,
    daily_revenue,
    daily_trips,
    daily_passengers,
    (select revenue from before) + sum(daily_revenue) over (
        order by trip_date rows between unbounded preceding and current row
    ) as running_revenue
from daily
order by trip_date
