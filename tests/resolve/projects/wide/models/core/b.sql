{{ config(materialized='ephemeral', meta={'level': {'b': 2}}) }}
with a as (select * from {{ ref('a') }}), c as (select 1)
select a.* from a, c
