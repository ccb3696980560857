{{ config(severity='warn') }}
select 1 as x -- custom key
