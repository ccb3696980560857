{{ config(materialized='view', tags=['four'], meta={'a': 9, 'e': 1}, pre_hook=["select 1", "select 2"], alias='renamed', schema='custom') }}
{{ config(tags='five') }}
select 1 as id
