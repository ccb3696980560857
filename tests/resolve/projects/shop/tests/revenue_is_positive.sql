{{ config(severity='error', tags=['nightly']) }}
select * from {{ ref('revenue') }} where revenue < 0
