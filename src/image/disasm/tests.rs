//! Instructions by their bytes, against the text that mdb prints for them.

use super::*;

fn text(machine: Machine, bytes: &[u8]) -> String {
    let name = |addr: Addr| (addr == Addr(0x80e_9e00)).then(|| "tgt32`hello".to_owned());
    let instruction = decode(bytes, Addr(0x804_88cf), machine, &name).expect("there are bytes");
    assert_eq!(instruction.len as usize, bytes.len(), "{}", instruction.text);
    instruction.text
}

fn check(machine: Machine, cases: &[(&[u8], &str)]) {
    for (bytes, wanted) in cases {
        assert_eq!(text(machine, bytes), *wanted, "{bytes:02x?}");
    }
}

#[test]
fn i386() {
    check(
        Machine::I386,
        &[
            (&[0x55], "pushl  %ebp"),
            (&[0x89, 0xe5], "movl   %esp,%ebp"),
            (&[0xe8, 0x1b, 0, 0, 0], "call   +0x1b\t<0x80488ef>"),
            (&[0xe8, 0xc3, 0xff, 0xff, 0xff], "call   -0x3d\t<0x8048897>"),
            (&[0x05, 0x60, 0x14, 0x0a, 0x00], "addl   $0xa1460,%eax"),
            (&[0xc7, 0x80, 0xac, 0x14, 0, 0, 0, 0, 0, 0], "movl   $0x0,0x14ac(%eax)"),
            (&[0x6a, 0x04], "pushl  $0x4"),
            (&[0x6a, 0xff], "pushl  $-0x1\t<0xffffffff>"),
            (&[0x83, 0xc4, 0x04], "addl   $0x4,%esp"),
            (&[0xc9], "leave  "),
            (&[0xc3], "ret    "),
            (&[0x19, 0x00], "sbbl   %eax,(%eax)"),
            (&[0x00, 0x00], "addb   %al,(%eax)"),
            (&[0x01, 0x00], "addl   %eax,(%eax)"),
            (&[0x8b, 0x45, 0xf8], "movl   -0x8(%ebp),%eax"),
            (&[0x83, 0x65, 0xf8, 0x01], "andl   $0x1,0xfffffff8(%ebp)"),
            (&[0xff, 0xd0], "call   *%eax"),
            (&[0xff, 0x24, 0x85, 0x00, 0x9e, 0x0e, 0x08], "jmp    *0x80e9e00(,%eax,4)\t<tgt32`hello>"),
            (&[0xa1, 0x00, 0x9e, 0x0e, 0x08], "movl   0x80e9e00,%eax\t<tgt32`hello>"),
            (&[0xb8, 0x00, 0x9e, 0x0e, 0x08], "movl   $0x80e9e00,%eax\t<tgt32`hello>"),
            (&[0x0f, 0xb6, 0xc0], "movzbl %al,%eax"),
            (&[0x0f, 0xbf, 0xc0], "movswl %ax,%eax"),
            (&[0x0f, 0x45, 0xc8], "cmovl.ne %eax,%ecx"),
            (&[0x0f, 0x94, 0xc0], "sete   %al"),
            (&[0xd3, 0xe8], "shrl   %cl,%eax"),
            (&[0xd1, 0xe0], "shll   $0x1,%eax"),
            (&[0xc1, 0xf8, 0x1f], "sarl   $0x1f,%eax"),
            (&[0xf3, 0xa5], "repz movsl (%esi),(%edi)"),
            (&[0xf3, 0xab], "repz stosl %eax,(%edi)"),
            (&[0xf2, 0xae], "repnz scasb %al,(%edi)"),
            (&[0xa6], "cmpsb  (%esi),(%edi)"),
            (&[0xf0, 0x0f, 0xb1, 0x0a], "lock cmpxchgl %ecx,(%edx)"),
            (&[0x65, 0xa1, 0, 0, 0, 0], "movl   %gs:0x0,%eax"),
            (&[0xcd, 0x80], "int    $0x80"),
            (&[0xcc], "int    $0x3"),
            (&[0x90], "nop    "),
            (&[0x66, 0x90], "nop    "),
            (&[0x0f, 0x1f, 0x40, 0x00], "nopl   0x0(%eax)"),
            (&[0xf4], "hlt    "),
            (&[0x98], "cwtl   "),
            (&[0x99], "cltd   "),
            (&[0x60], "pushal "),
            (&[0x9c], "pushfl "),
            (&[0xe4, 0x60], "inb    $0x60"),
            (&[0xec], "inb    (%dx)"),
            (&[0x93], "xchgl  %ebx,%eax"),
            (&[0xc8, 0x10, 0x00, 0x00], "enter  $0x10,$0x0"),
            (&[0x0f, 0xa5, 0xc2], "shldl  %eax,%edx"),
            (&[0x0f, 0xa4, 0xc2, 0x04], "shldl  $0x4,%eax,%edx"),
            (&[0x6b, 0xc0, 0x0c], "imull  $0xc,%eax,%eax"),
            (&[0x8d, 0x74, 0x26, 0x00], "leal   0x0(%esi),%esi"),
            (&[0x8d, 0x04, 0x80], "leal   (%eax,%eax,4),%eax"),
            (&[0x66, 0xb8, 0xff, 0xff], "movw   $-0x1,%ax\t<0xffff>"),
            (&[0x8e, 0xe8], "movw   %eax,%gs"),
        ],
    );
}

#[test]
fn amd64() {
    check(
        Machine::Amd64,
        &[
            (&[0x55], "pushq  %rbp"),
            (&[0x48, 0x89, 0xe5], "movq   %rsp,%rbp"),
            (&[0x41, 0x57], "pushq  %r15"),
            (&[0x48, 0x83, 0xec, 0x10], "subq   $0x10,%rsp"),
            (&[0x48, 0x83, 0xe4, 0xf0], "andq   $0xfffffffffffffff0,%rsp"),
            (&[0x48, 0x8b, 0x05, 0x10, 0x00, 0x00, 0x00], "movq   +0x10(%rip),%rax\t<0x80488e6>"),
            (&[0x48, 0x8d, 0x3d, 0xf0, 0xff, 0xff, 0xff], "leaq   -0x10(%rip),%rdi\t<0x80488c6>"),
            (&[0xff, 0x25, 0x2b, 0x15, 0x0a, 0x00], "jmp    *+0xa152b(%rip)\t<tgt32`hello>"),
            (&[0x89, 0x7d, 0xfc], "movl   %edi,-0x4(%rbp)"),
            (&[0x48, 0xb8, 8, 7, 6, 5, 4, 3, 2, 1], "movq   $0x102030405060708,%rax"),
            (&[0x48, 0xc7, 0xc0, 0xff, 0xff, 0xff, 0xff], "movq   $-0x1,%rax\t<0xffffffffffffffff>"),
            (&[0x48, 0x63, 0xd0], "movslq %eax,%rdx"),
            (&[0x48, 0x98], "cltq   "),
            (&[0x48, 0x99], "cqtd   "),
            (&[0x48, 0x0f, 0xbe, 0xc0], "movsbq %al,%rax"),
            (&[0x44, 0x88, 0xc7], "movb   %r8b,%dil"),
            (&[0x64, 0x48, 0x8b, 0x04, 0x25, 0x28, 0, 0, 0], "movq   %fs:0x28,%rax"),
            (&[0xf2, 0x0f, 0x10, 0x45, 0xf0], "movsd  -0x10(%rbp),%xmm0"),
            (&[0xf2, 0x48, 0x0f, 0x2a, 0xc0], "cvtsi2sd %rax,%xmm0"),
            (&[0x66, 0x0f, 0xef, 0xc0], "pxor   %xmm0,%xmm0"),
            (&[0xf2, 0x0f, 0xc2, 0xc1, 0x01], "cmpltsd %xmm1,%xmm0"),
            (&[0x66, 0x2e, 0x0f, 0x1f, 0x84, 0, 0, 0, 0, 0], "nopw   %cs:0x0(%rax,%rax)"),
            (&[0x6a, 0x02], "pushq  $0x2"),
            (&[0x0f, 0x05], "syscall "),
            (&[0xf3, 0xc3], "repz ret "),
            (&[0xff, 0xe0], "jmp    *%rax"),
            (&[0x74, 0xfe], "je     -0x2\t<0x80488cf>"),
            (&[0x67, 0x8b, 0x00], "addr32 movl (%rax),%eax"),
            (&[0x67, 0x21, 0x75, 0x81], "addr32 andl %esi,0xffffff81(%rbp)"),
            (&[0x67, 0xe8, 0x1b, 0, 0, 0], "addr32 call +0x1b\t<0x80488f0>"),
            (&[0x66, 0x48, 0x0f, 0x6e, 0xc5], "movd   %rbp,%xmm0"),
            (&[0x66, 0x48, 0x0f, 0x7e, 0xc0], "movd   %xmm0,%rax"),
            (&[0x66, 0x0f, 0xd6, 0x00], "movq   %xmm0,(%rax)"),
            (&[0xf3, 0x0f, 0x7e, 0xc1], "movq   %xmm1,%xmm0"),
            (&[0xc4, 0xe1, 0xf9, 0x7e, 0xc0], "vmovq  %xmm0,%rax"),
            (&[0xf2, 0x48, 0x0f, 0x38, 0xf1, 0xc1], "crc32q %rcx,%rax"),
            (&[0x48, 0x0f, 0xae, 0x07], "fxsave (%rdi)"),
        ],
    );
}

#[test]
fn x87() {
    check(
        Machine::I386,
        &[
            (&[0xd9, 0x45, 0x08], "flds   0x8(%ebp)"),
            (&[0xdd, 0x45, 0x08], "fldl   0x8(%ebp)"),
            (&[0xdb, 0x6d, 0x08], "fldt   0x8(%ebp)"),
            (&[0xdf, 0x6d, 0x08], "fildll 0x8(%ebp)"),
            (&[0xdb, 0x45, 0x08], "fildl  0x8(%ebp)"),
            (&[0xd9, 0x7d, 0x08], "fnstcw 0x8(%ebp)"),
            (&[0xd9, 0xc1], "fld    %st(1)"),
            (&[0xd9, 0xc9], "fxch   %st(1)"),
            (&[0xd8, 0xc1], "fadd   %st(1),%st"),
            (&[0xdc, 0xc1], "fadd   %st,%st(1)"),
            (&[0xde, 0xe9], "fsubrp %st,%st(1)"),
            (&[0xdf, 0xe9], "fucomip %st(1),%st"),
            (&[0xd9, 0xe8], "fld1   "),
            (&[0xd8, 0xc8], "fmul   %st(0),%st"),
            (&[0xdc, 0xc0], "fadd   %st,%st(0)"),
            (&[0xde, 0xc8], "fmulp  %st,%st(0)"),
            (&[0xdf, 0xe8], "fucomip %st(0),%st"),
            (&[0xda, 0xd8], "fcmov.u %st(0),%st"),
            (&[0xdf, 0xe0], "fnstsw %eax"),
        ],
    );
}

#[test]
fn what_is_no_instruction() {
    let none = |_: Addr| None;
    let decoded = decode(&[0x0f, 0xff], Addr(0x1000), Machine::Amd64, &none).map(|i| i.text);
    assert_eq!(decoded.as_deref(), Some(UNKNOWN));
    assert_eq!(decode(&[0xe8, 1], Addr(0x1000), Machine::Amd64, &none).map(|i| i.text).as_deref(), Some(UNKNOWN));
    let len = |bytes: &[u8]| decode(bytes, Addr(0x1000), Machine::Amd64, &none).map(|i| i.len);
    assert_eq!(len(&[0x0f, 0x04, 0x05, 0x24]), Some(2));
    assert_eq!(len(&[0x66, 0x48, 0x0f, 0x38, 0xb2, 0]), Some(5));
    assert_eq!(len(&[0xc5, 0xec, 0x88, 0, 0]), Some(3));
    assert_eq!(len(&[0x9a, 0x9a]), Some(1));
    assert_eq!(decode(&[], Addr(0), Machine::Amd64, &none), None);
}

#[test]
fn any_bytes_have_a_text() {
    let none = |_: Addr| None;
    let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
    for _ in 0..200_000 {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        let bytes = [seed.to_le_bytes(), seed.rotate_left(29).to_le_bytes()].concat();
        for machine in [Machine::I386, Machine::Amd64] {
            let decoded = decode(&bytes, Addr(seed), machine, &none).expect("there are bytes");
            assert!(!decoded.text.is_empty() && (1..=15).contains(&decoded.len));
        }
    }
}
