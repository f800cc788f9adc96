//! The floating-point registers: the x87 stack and the SSE registers, out of whichever image the system noted.
//!
//! Knows: the formats of FNSAVE and FXSAVE (Intel SDM volume 1, 8.1 and 10.5). Must not know: notes.

/// A thread's floating-point registers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FpRegisters {
    /// x87 control word.
    pub control: u16,
    /// x87 status word.
    pub status: u16,
    /// What is in each of the eight physical registers.
    pub tags: [FpTag; 8],
    /// Opcode of the last x87 instruction.
    pub opcode: u16,
    /// Address of the last x87 instruction, and (32-bit) its code segment.
    pub instruction: (u64, u16),
    /// Address of its operand, and (32-bit) the data segment.
    pub operand: (u64, u16),
    /// The stack from st(0) on, in extended precision.
    pub st: [Extended; 8],
    /// x87 status word when an exception was raised (illumos).
    pub exception_status: Option<u16>,
    /// SSE control and status; absent when the image has no SSE state.
    pub mxcsr: Option<u32>,
    /// MXCSR when an exception was raised (illumos).
    pub exception_mxcsr: Option<u32>,
    /// xmm0 and up, each as noted, little-endian.
    pub xmm: Vec<u128>,
}

/// What an x87 register holds (SDM volume 1, 8.1.7).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FpTag {
    /// A normal number.
    #[default]
    Valid,
    /// Zero.
    Zero,
    /// Infinity, not a number, denormal or unsupported.
    Special,
    /// Nothing.
    Empty,
}

/// A number in extended precision: 64 bits of significand, 15 of exponent, a sign.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Extended {
    /// The significand, its integer bit included.
    pub significand: u64,
    /// Sign (bit 15) and exponent, biased by 16383.
    pub exponent: u16,
}

impl Extended {
    fn read(bytes: &[u8]) -> Option<Extended> {
        Some(Extended { significand: u64_at(bytes, 0)?, exponent: u16_at(bytes, 8)? })
    }

    /// The nearest double.
    pub fn to_f64(self) -> f64 {
        let sign = if self.exponent & 0x8000 != 0 { -1.0 } else { 1.0 };
        match self.exponent & 0x7fff {
            0x7fff if self.significand << 1 == 0 => sign * f64::INFINITY,
            0x7fff => f64::NAN,
            exponent => {
                // In two steps: 2^-16445 alone would vanish, though the product might not.
                let power = i32::from(exponent) - 16383 - 63;
                let half = power / 2;
                sign * (self.significand as f64 * 2f64.powi(half)) * 2f64.powi(power - half)
            }
        }
    }

    /// The tag that the processor would give it if it is not empty (SDM volume 1, table 8-2).
    fn tag(self) -> FpTag {
        match (self.exponent & 0x7fff, self.significand) {
            (0, 0) => FpTag::Zero,
            (0 | 0x7fff, _) => FpTag::Special,
            (_, significand) if significand >> 63 == 1 => FpTag::Valid,
            _ => FpTag::Special,
        }
    }
}

impl FpRegisters {
    /// The stack top: which physical register is st(0).
    pub fn top(&self) -> u8 {
        (self.status >> 11 & 7) as u8
    }

    /// The tag of st(`i`).
    pub fn tag(&self, i: usize) -> FpTag {
        self.tags[(i + usize::from(self.top())) & 7]
    }

    /// Reads an FNSAVE image: 28 bytes of environment, 8 registers of 10 bytes.
    pub fn fnsave(bytes: &[u8]) -> Option<FpRegisters> {
        let tag_word = u16_at(bytes, 8)?;
        let mut registers = FpRegisters {
            control: u16_at(bytes, 0)?,
            status: u16_at(bytes, 4)?,
            opcode: u16_at(bytes, 18)? & 0x7ff,
            instruction: (u64::from(u32_at(bytes, 12)?), u16_at(bytes, 16)?),
            operand: (u64::from(u32_at(bytes, 20)?), u16_at(bytes, 24)?),
            ..FpRegisters::default()
        };
        for i in 0..8 {
            registers.st[i] = Extended::read(bytes.get(28 + 10 * i..)?)?;
            registers.tags[i] = match tag_word >> (2 * i) & 3 {
                0 => FpTag::Valid,
                1 => FpTag::Zero,
                2 => FpTag::Special,
                _ => FpTag::Empty,
            };
        }
        Some(registers)
    }

    /// Reads an FXSAVE image of 512 bytes, with `xmm` SSE registers (8 in a 32-bit process, 16 in a 64-bit one).
    pub fn fxsave(bytes: &[u8], xmm: usize) -> Option<FpRegisters> {
        let in_use = *bytes.get(4)?;
        let mut registers = FpRegisters {
            control: u16_at(bytes, 0)?,
            status: u16_at(bytes, 2)?,
            opcode: u16_at(bytes, 6)?,
            mxcsr: Some(u32_at(bytes, 24)?),
            ..FpRegisters::default()
        };
        (registers.instruction, registers.operand) = match xmm {
            16 => ((u64_at(bytes, 8)?, 0), (u64_at(bytes, 16)?, 0)),
            _ => {
                let far = |at| Some((u64::from(u32_at(bytes, at)?), u16_at(bytes, at + 4)?));
                (far(8)?, far(16)?)
            }
        };
        for i in 0..8 {
            registers.st[i] = Extended::read(bytes.get(32 + 16 * i..)?)?;
        }
        let top = usize::from(registers.top());
        for i in 0..8 {
            // The image keeps one bit per physical register; the rest follows from what is in it.
            let physical = (i + top) & 7;
            let used = in_use >> physical & 1 == 1;
            registers.tags[physical] = if used { registers.st[i].tag() } else { FpTag::Empty };
        }
        registers.xmm = (0..xmm).map_while(|i| u128_at(bytes, 160 + 16 * i)).collect();
        Some(registers)
    }
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(bytes.get(at..at + 8)?.try_into().ok()?))
}

fn u128_at(bytes: &[u8], at: usize) -> Option<u128> {
    Some(u128::from_le_bytes(bytes.get(at..at + 16)?.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// pi in extended precision, as FLDPI loads it.
    const PI: Extended = Extended { significand: 0xc90f_daa2_2168_c235, exponent: 0x4000 };

    #[test]
    fn extended_precision_is_rounded_to_doubles() {
        assert_eq!(PI.to_f64(), std::f64::consts::PI);
        assert_eq!(Extended { exponent: 0xc000, ..PI }.to_f64(), -std::f64::consts::PI);
        assert_eq!(Extended::default().to_f64(), 0.0);
        assert_eq!(Extended { significand: 1 << 63, exponent: 0x7fff }.to_f64(), f64::INFINITY);
        assert!(Extended { significand: 3 << 62, exponent: 0x7fff }.to_f64().is_nan());
        assert_eq!(Extended { significand: 1, exponent: 0 }.to_f64(), 0.0, "too small for a double");
        assert_eq!(Extended { significand: 1 << 63, exponent: 16383 - 1074 }.to_f64(), 5e-324, "the smallest double");
    }

    #[test]
    fn fxsave_tags_follow_from_contents() {
        let mut image = [0_u8; 512];
        image[0..2].copy_from_slice(&0x37f_u16.to_le_bytes());
        image[3] = 6 << 3; // top of stack: physical register 6
        image[4] = 0b1100_0000;
        image[32..40].copy_from_slice(&PI.significand.to_le_bytes());
        image[40..42].copy_from_slice(&PI.exponent.to_le_bytes());
        image[160] = 7;
        let registers = FpRegisters::fxsave(&image, 16).expect("a whole image");
        assert_eq!((registers.control, registers.top()), (0x37f, 6));
        assert_eq!(registers.st[0], PI);
        assert_eq!([registers.tag(0), registers.tag(1), registers.tag(2)], [FpTag::Valid, FpTag::Zero, FpTag::Empty]);
        assert_eq!((registers.xmm.len(), registers.xmm[0]), (16, 7));
        assert_eq!(FpRegisters::fxsave(&image[..100], 16), None);
    }
}
