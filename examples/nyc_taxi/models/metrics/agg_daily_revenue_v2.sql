{{ config(materialized='table') }}

-- Version 2, incremental events: trips are stored file by file (stg_trips_v2), the aggregation is rebuilt over them.

select
    trip_date,
    sum(total_amount) as daily_revenue,
    count(*) as daily_trips,
    sum(passenger_count) as daily_passengers,
    sum(sum(total_amount)) over (
        order by trip_date rows between unbounded preceding and current row
    ) as running_revenue
from {{ ref('stg_trips_v2') }}
group by trip_date
order by trip_date
