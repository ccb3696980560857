{#
  Holds every version's table against the same aggregation made now over all files, and prints one line a version:

      tidemark run-operation compare_versions

  Counts must be equal, sums equal to 1e-9 of themselves. A version that differs is an error.
#}
{% macro compare_versions(versions=['agg_daily_revenue_v1', 'agg_daily_revenue_v2', 'agg_daily_revenue_v3', 'agg_daily_revenue_v4']) %}
    {% set ns = namespace(wrong=0) %}
    {{ print('%-24s %7s %12s %18s %10s' % ('version', 'days', 'trips', 'revenue, $', 'days off')) }}
    {% for version in versions %}
        {% set row = run_query(compare_version(ref(version))).rows[0] %}
        {{ print('%-24s %7d %12s %18s %10d' % (version, row['days'], '{:,}'.format(row['trips']), '{:,.2f}'.format(row['revenue']), row['days_off'])) }}
        {% set ns.wrong = ns.wrong + row['days_off'] %}
    {% endfor %}
    {% if ns.wrong %}
        {{ exceptions.raise_compiler_error(ns.wrong ~ ' day(s) differ from a full rebuild') }}
    {% endif %}
    {{ print('all versions agree with a full rebuild over the files') }}
{% endmacro %}

{% macro compare_version(relation) %}
with truth as (
    select
        trip_date,
        sum(total_amount) as daily_revenue,
        count(*) as daily_trips,
        sum(passenger_count) as daily_passengers,
        sum(sum(total_amount)) over (order by trip_date rows unbounded preceding) as running_revenue
    from ({{ trips(source('raw', 'yellow_trips')) }}) as trips
    group by trip_date
)
select
    count(found.trip_date) as days,
    cast(sum(found.daily_trips) as bigint) as trips,
    sum(found.daily_revenue) as revenue,
    count(*) filter (
        where truth.trip_date is null
           or found.trip_date is null
           or truth.daily_trips <> found.daily_trips
           or truth.daily_passengers is distinct from found.daily_passengers
           or abs(truth.daily_revenue - found.daily_revenue) > 1e-9 * abs(truth.daily_revenue)
           or abs(truth.running_revenue - found.running_revenue) > 1e-9 * abs(truth.running_revenue)
    ) as days_off
from truth
full join {{ relation }} as found on truth.trip_date = found.trip_date
{% endmacro %}
