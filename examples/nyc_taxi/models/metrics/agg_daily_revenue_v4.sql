{{ config(materialized='materialized_view') }}

-- Version 4: version 1's SQL, one word changed. The table is kept equal to it, for the cost of what changed.

select
    trip_date,
    sum(total_amount) as daily_revenue,
    count(*) as daily_trips,
    sum(passenger_count) as daily_passengers,
    sum(sum(total_amount)) over (
        order by trip_date rows between unbounded preceding and current row
    ) as running_revenue
from {{ ref('stg_trips') }}
group by trip_date
order by trip_date
