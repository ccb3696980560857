{{ config(materialized='table', tags=['in_file']) }}
select *, {{ util.pick('size') }} as picked from {{ ref('lib_eph') }}
