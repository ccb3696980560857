{{ config(materialized='incremental', incremental_strategy='delete+insert', unique_key='trip_date') }}

-- A warning, not a version: the usual window of days behind the newest one. It is quick and it misses every file that
-- is later than the window; docs/version-4.md shows how far it drifts.

select
    trip_date,
    sum(total_amount) as daily_revenue,
    count(*) as daily_trips,
    sum(passenger_count) as daily_passengers
from {{ ref('stg_trips') }}
{% if is_incremental() -%}
where trip_date >= (select max(trip_date) - interval 14 day from {{ this }})
{%- endif %}
group by trip_date
