{{ config(materialized='ephemeral') }}
with top as (select * from {{ ref('good_orders') }}) select * from top where cents > 1000
