{{ config(tags='an') }}
select * from {{ ref('snap_src') }} -- {{ this.name }}
