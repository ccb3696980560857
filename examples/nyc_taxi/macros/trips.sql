{#
  The staging query over a relation of TLC's shape. trip_id is the source file and the 0-based row in it: it stays the
  same for ever, whatever other files arrive. (A ROW_NUMBER over everything would shift with every late file.)
#}
{% macro trips(relation, pickup='tpep_pickup_datetime', dropoff='tpep_dropoff_datetime', with_source_file=false) -%}
select
    {{ source_file() }} || '#' || {{ source_row() }} as trip_id,
    {{ pickup }} as trip_ts,
    {{ dropoff }} as dropoff_ts,
    cast({{ pickup }} as date) as trip_date,
    cast(VendorID as bigint) as vendor_id,
    cast(total_amount as double) as total_amount,
    cast(fare_amount as double) as fare_amount,
    cast(tip_amount as double) as tip_amount,
    cast(tolls_amount as double) as tolls_amount,
    cast(passenger_count as bigint) as passenger_count,
    cast(trip_distance as double) as trip_distance,
    cast(PULocationID as bigint) as pickup_location_id,
    cast(DOLocationID as bigint) as dropoff_location_id,
    cast(payment_type as bigint) as payment_type,
    cast(RatecodeID as bigint) as rate_code_id
    {%- if with_source_file %},
    {{ source_file() }} as source_file
    {%- endif %}
from {{ relation }}
where {{ pickup }} is not null
  and total_amount > 0
{%- endmacro %}
