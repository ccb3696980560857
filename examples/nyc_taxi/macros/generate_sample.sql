{#
  Writes months of generated trips in the shape of the TLC's yellow files, one Parquet file a month:

      tidemark run-operation generate_sample --args '{start: 2024-01, end: 2024-06, rows: 20000}'

  The same arguments always give the same rows. As in the real files, a month holds a few stray days (2008, 2009, the
  neighbouring months), about one negative total in 150, some zero totals and many unknown passenger counts.
#}
{% macro generate_sample(start='2024-01', end='2024-06', rows=20000, folder='data/sample') %}
    {% set first = modules.datetime.datetime.strptime(start ~ '-01', '%Y-%m-%d') %}
    {% set last = modules.datetime.datetime.strptime(end ~ '-01', '%Y-%m-%d') %}
    {% set months = (last.year - first.year) * 12 + last.month - first.month + 1 %}
    {% for step in range(months) %}
        {% set number = first.year * 12 + first.month - 1 + step %}
        {% set year, month = number // 12, number % 12 + 1 %}
        {% set name = folder ~ '/yellow_tripdata_' ~ '%04d-%02d' % (year, month) ~ '.parquet' %}
        {% do run_query(sample_month('%04d-%02d-01' % (year, month), number, rows, name)) %}
        {{ log('wrote ' ~ name ~ ' (' ~ rows ~ ' trips)', info=true) }}
    {% endfor %}
{% endmacro %}

{# An even spread over [0, 1) by row and salt: the fractional part of a multiple of the golden ratio, scrambled. #}
{% macro noise(salt) -%}
    ((hashed * {{ 2 * salt + 1 }} + {{ salt * 40503 }}) % 1048573) / 1048573.0
{%- endmacro %}

{% macro sample_month(first_day, number, rows, path) %}
copy (
    with numbered as (
        select range as i, (range * 2654435761 + {{ number * 97787 }}) % 4294967291 as hashed
        from range({{ rows }})
    ),
    drawn as (
        select
            i,
            case
                when i % 9973 = 17 then timestamp '2008-12-31 23:05:11'
                when i % 9973 = 1017 then timestamp '2009-01-01 00:12:45'
                when i % 1999 = 3 then date '{{ first_day }}' - interval 2 hour
                when i % 1999 = 4 then date '{{ first_day }}' + interval 1 month + interval 3 hour
                else date_trunc('second', date '{{ first_day }}' + {{ noise(1) }}
                    * (date '{{ first_day }}' + interval 1 month - timestamp '{{ first_day }}'))
            end as pickup,
            round(3 + 60 * pow({{ noise(2) }}, 3), 2) as fare,
            round(12 * pow({{ noise(3) }}, 2), 2) as tip,
            case when {{ noise(4) }} < 0.06 then 6.94 else 0 end as tolls,
            round(20 * pow({{ noise(5) }}, 3), 2) as distance,
            {{ noise(6) }} as n6, {{ noise(7) }} as n7, {{ noise(8) }} as n8, {{ noise(9) }} as n9, {{ noise(10) }} as n10
        from numbered
    )
    select
        cast(1 + (n6 > 0.3)::int as integer) as VendorID,
        pickup as tpep_pickup_datetime,
        pickup + to_seconds(cast(120 + 2400 * n7 as bigint)) as tpep_dropoff_datetime,
        case when n8 < 0.05 then null else cast(1 + floor(5 * n8 * n8) as double) end as passenger_count,
        cast(distance as double) as trip_distance,
        case when n8 < 0.05 then null else cast(1 + (n9 > 0.97)::int as double) end as RatecodeID,
        case when n8 < 0.05 then null when n9 < 0.01 then 'Y' else 'N' end as store_and_fwd_flag,
        cast(1 + floor(265 * n9) as integer) as PULocationID,
        cast(1 + floor(265 * n10) as integer) as DOLocationID,
        cast(1 + (n6 > 0.75)::int as bigint) as payment_type,
        cast(case when i % 151 = 7 then -fare else fare end as double) as fare_amount,
        cast(case when n10 < 0.4 then 1.0 else 0 end as double) as extra,
        cast(0.5 as double) as mta_tax,
        cast(tip as double) as tip_amount,
        cast(tolls as double) as tolls_amount,
        cast(1 as double) as improvement_surcharge,
        cast(case when i % 1501 = 9 then 0 when i % 151 = 7 then -round(fare + 1.5, 2) else round(fare + tip + tolls + 1.5, 2) end as double) as total_amount,
        cast(case when n7 < 0.9 then 2.5 else 0 end as double) as congestion_surcharge,
        cast(case when n9 > 0.95 then 1.75 else 0 end as double) as Airport_fee
    from drawn
    order by i
) to '{{ path }}' (format parquet, compression zstd)
{% endmacro %}
