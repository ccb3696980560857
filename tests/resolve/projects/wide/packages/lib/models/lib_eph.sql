select {{ var('size') }} as size, '{{ var('scoped') }}' as scoped, '{{ var('deep', 'none') }}' as deep
