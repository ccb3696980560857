select * from {{ ref('c') }} union all select id from {{ ref('a') }} union all select size from {{ ref('lib_eph') }}
union all select * from {{ ref('lib', 'lib_table') }} union all select * from {{ ref('lib_seed') }}
