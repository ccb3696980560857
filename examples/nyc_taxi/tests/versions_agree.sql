-- Days on which the stored versions do not agree with version 1: counts exactly, revenue to 1e-9 of itself.
{% set others = ['agg_daily_revenue_v2', 'agg_daily_revenue_v3', 'agg_daily_revenue_v4'] %}

{% for other in others %}
select
    '{{ other }}' as version,
    coalesce(v1.trip_date, other.trip_date) as trip_date,
    v1.daily_revenue as expected,
    other.daily_revenue as found
from {{ ref('agg_daily_revenue_v1') }} as v1
full join {{ ref(other) }} as other on v1.trip_date = other.trip_date
where v1.trip_date is null
   or other.trip_date is null
   or v1.daily_trips <> other.daily_trips
   or v1.daily_passengers is distinct from other.daily_passengers
   or abs(v1.daily_revenue - other.daily_revenue) > 1e-9 * abs(v1.daily_revenue)
   or abs(v1.running_revenue - other.running_revenue) > 1e-9 * abs(v1.running_revenue)
{{ 'union all' if not loop.last }}
{% endfor %}
